// How fast the tab that this component is in wants its music, in quarters a minute: as its slider has it at the moment.

function tempo() {
  const slider = element.closest("[role=tabpanel]")?.querySelector(".tempo input");
  const qpm = Number(slider?.value);
  return slider && qpm >= 40 && qpm <= 240 ? qpm : 120;
}
