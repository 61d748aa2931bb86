"""The demo for those who press keys and listen to a screen reader: every tab, with results on it, in both themes."""

import pytest

from tests.browsing import DESKTOP, PHONE, button, open_tab, sample, visiting

api = pytest.importorskip(
    "axe_playwright_python.sync_playwright",
    reason="axe-core is not installed: pip install axe-playwright-python",
)
pytestmark = pytest.mark.browser
WORST = ("moderate", "serious", "critical")  # what is left out is minor: the alt text in Gradio's footer for one
LOOKS = [(theme, viewport) for viewport in (DESKTOP, PHONE) for theme in ("light", "dark")]
WEAR = "(theme) => document.body.classList.toggle('dark', theme === 'dark')"
STILL = "* { transition: none !important; animation: none !important; }"  # colours that fade are no colours yet
MOST = 120  # stops of the Tab key on a page
WATCH = """() => {
  window.reached = new Map(); // with the names that were said: Density's results come anew while Tab goes over numbers
  document.addEventListener("focusin", ({ target }) => {
    if (target !== document.body) reached.set(target, target.computedName);
  });
  document.body.tabIndex = -1;
  document.body.focus(); // so that Tab begins at the page's first control
  document.body.removeAttribute("tabindex");
}"""
LEFT = """() => {
  const shown = (selector) => [...document.body.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const told = (one) => `${one.computedName || "nothing"}: ${one.cloneNode().outerHTML}`;
  const controls = shown("a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]");
  const gone = [...reached].filter(([one]) => !one.isConnected).map(([, name]) => name);
  const isReached = (one) => reached.has(one) || gone.includes(one.computedName);
  const byMouse = shown("*").filter((one) => getComputedStyle(one).cursor === "pointer");
  const press = "a, button, input, label, select, [tabindex]";
  const copies = ".visually-hidden, [aria-hidden=true]"; // of what is reached: Gradio measures its tabs on some
  const several = "[role=grid], [role=group], [role=listbox]"; // one stop of Tab, within which arrows move
  return {
    unreached: controls.filter((one) => one.tabIndex >= 0 && !one.disabled && !isReached(one)).map(told),
    skipped: controls.filter((one) => one.tabIndex < 0 && !one.closest(`${several}, ${copies}`)).map(told),
    mouseOnly: byMouse.filter((one) => !one.closest(`${press}, ${several}, ${copies}`)).map(told),
    nameless: [...reached].filter(([, name]) => !name).map(([one]) => told(one)),
  };
}"""
PLANT = """() => document.querySelector(".results").insertAdjacentHTML("beforeend", `
  <button class="planted"></button>
  <p class="planted" style="color: #334155">Read me</p>
  <button class="planted" tabindex="-1">Reach me</button>
  <span class="planted" style="cursor: pointer">Press me</span>`)"""


def press(page):
    """Press the one button that a tab is about."""
    page.locator("button.primary:visible").click()


def fill_morph(page):
    page.get_by_label("Where A is from").select_option("file")
    page.get_by_label("Compare with a cross-fade").check()
    page.get_by_label("Step of Cross-fade").wait_for()


def fill_trio(page):
    press(page)
    page.get_by_label("Position in Trio B").wait_for()


def fill_density(page):
    page.locator("button.label-wrap:visible").click()
    page.get_by_label("number input for Leaps").wait_for()


def fill_palette(page):
    button(page, "Go to beat A").click()
    button(page, "Keep what I hear as MIDI").click()
    page.locator(".kept .card:visible").wait_for()


def fill_loops(page):
    page.locator(".tiles .tile").nth(19).wait_for()
    button(page, "Add to song").click()
    page.locator("button.label-wrap:visible").click()


def fill_band(page):
    press(page)
    page.get_by_role("article", name="B", exact=True).wait_for()


def fill_checkpoint(page, folder):
    page.get_by_placeholder("owner/name").fill(str(folder))
    press(page)
    page.get_by_role("heading", name=str(folder), exact=True).wait_for()


FILL = {
    "Sample": lambda page: sample(page, n=2),
    "Morph": fill_morph,
    "Trio": fill_trio,
    "Note density": fill_density,
    "Beat palette": fill_palette,
    "Loops": fill_loops,
    "Band": fill_band,
}
TABS = [*FILL, "Your checkpoint"]
CARD = """# Tunes\n\nOf *ours*, [told](https://example.com) `so`:\n\n> Sing.\n\n- one\n\n1. two\n
```python\nimport mvae\n```\n\n## Figures\n\n| figure | value |\n|---|---|\n| loss | **2** |\n"""


@pytest.fixture(scope="module")
def filled(browser, demo, tiny, tmp_path_factory):
    """Gives the one page of all tests here, a tab open that has results on it."""
    folder, full = tmp_path_factory.mktemp("tunes"), set()
    tiny("band").save_pretrained(folder)
    (folder / "README.md").write_text(CARD)
    fill = {**FILL, "Your checkpoint": lambda page: fill_checkpoint(page, folder)}
    with visiting(browser) as visit:
        page = visit(demo)
        page.add_style_tag(content=STILL)
        page.evaluate(api.Axe().axe_script)

        def show(tab):
            page.set_viewport_size(DESKTOP)
            open_tab(page, tab)
            if tab not in full:
                fill[tab](page)
                full.add(tab)
            return page

        yield show


def faults(page, looks=LOOKS):
    """What axe-core has against a page, in themes and on screens: rule, where, element."""
    found = []
    for theme, viewport in looks:
        page.set_viewport_size(viewport)
        page.evaluate(WEAR, theme)
        found += [
            f"{rule['id']} in {theme} at {viewport['width']} px, {rule['impact']}: {node['html']}"
            for rule in page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
            if rule["impact"] in WORST
            for node in rule["nodes"]
        ]
    page.evaluate(WEAR, "light")
    return found


def walk(page):
    """Press Tab from the first control to the page's end; gives what was left out, and what has no name."""
    page.evaluate(WATCH)
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            return page.evaluate(LEFT)
    return pytest.fail(f"The page has no end, or more than {MOST} stops.")


@pytest.mark.parametrize("tab", TABS)
def test_axe_finds_nothing(filled, tab):
    found = faults(filled(tab), LOOKS if tab == "Sample" else LOOKS[::3])  # what frames all tabs is seen on the first
    assert not found, "\n".join([f"{tab}:", *found])


@pytest.mark.parametrize("tab", TABS)
def test_every_control_is_reached_by_tab_and_has_a_name(filled, tab):
    left = walk(filled(tab))
    found = [f"{what}: {one}" for what, some in left.items() for one in some]
    assert not found, "\n".join([f"{tab}:", *found])


def test_planted_faults_are_found(filled):
    page = filled("Sample")
    page.evaluate(PLANT)
    found = [fault.split(" px")[0] for fault in faults(page)]
    left = walk(page)
    page.locator(".planted").evaluate_all("(all) => all.forEach((one) => one.remove())")
    nameless = [f"button-name in {theme} at {viewport['width']}" for theme, viewport in LOOKS]
    dim = [f"color-contrast in dark at {viewport['width']}" for viewport in (DESKTOP, PHONE)]
    assert sorted(found) == sorted([*nameless, *dim])
    assert {what: len(some) for what, some in left.items()} == {
        "unreached": 0,
        "skipped": 1,
        "mouseOnly": 1,
        "nameless": 1,
    }
