"use strict";
(() => {
  const form = document.querySelector("form.filter");
  const notes = [...document.querySelectorAll(".note")];
  const status = document.querySelector(".status");
  const marks = new Map();
  for (const mark of document.querySelectorAll("mark[data-n]")) {
    for (const n of mark.dataset.n.split(" ")) {
      if (!marks.has(n)) marks.set(n, []);
      marks.get(n).push(mark);
    }
  }
  const words = new Map();
  for (const note of notes) {
    const own = (marks.get(note.dataset.n) || []).map((mark) => mark.textContent).join(" ");
    words.set(note, (own + " " + note.textContent).toLowerCase());
  }
  const keys = ["g", "p", "t", "s", "f", "k"];
  const has = (list, value) => list.split(" ").includes(value);

  function matches(note, want) {
    const d = note.dataset;
    if (want.g && d.g !== want.g) return false;
    if (want.p && d.p !== want.p) return false;
    if (want.k && d.k !== want.k) return false;
    if (want.f && !has(d.f, want.f)) return false;
    if (want.t && want.s && want.s !== "l") { if (!has(d.t, want.t + want.s)) return false; }
    else if (want.t) {
      const found = d.t.split(" ").filter((pair) => pair.slice(0, -1) === want.t);
      if (!found.length || (want.s === "l" && found.every((pair) => pair.endsWith("x")))) return false;
    } else if (want.s && !d.t.split(" ").some((pair) => (want.s === "l" ? pair && !pair.endsWith("x") : pair.endsWith(want.s)))) return false;
    return !want.w || want.w.toLowerCase().split(/\s+/).filter(Boolean).every((part) => words.get(note).includes(part));
  }

  function wanted() {
    const want = { w: form.elements.w.value.trim() };
    for (const key of keys) want[key] = form.elements[key] ? form.elements[key].value : "";
    return want;
  }

  // With one target chosen, a quote is tinted by its stance toward that target alone.
  const LOOKS = { f: "favor", a: "against", n: "neutral", x: "none" };
  function tint(target) {
    for (const note of notes) {
      const pair = note.dataset.t.split(" ").find((one) => target && one.slice(0, -1) === target);
      const look = pair ? LOOKS[pair.slice(-1)] : note.dataset.look;
      for (const one of [note, ...(marks.get(note.dataset.n) || []).filter((mark) => mark.dataset.inner === note.dataset.n)]) {
        one.classList.remove("favor", "against", "neutral", "mixed", "none");
        one.classList.add(look);
      }
    }
  }

  function apply(want) {
    tint(want.t);
    const active = Object.values(want).some(Boolean);
    let count = 0;
    for (const note of notes) {
      const show = matches(note, want);
      note.hidden = !show;
      count += show;
      for (const mark of marks.get(note.dataset.n) || []) mark.dataset.on = show ? "1" : mark.dataset.on || "";
    }
    for (const mark of document.querySelectorAll("mark[data-n]")) {
      mark.classList.toggle("off", active && mark.dataset.on !== "1");
      mark.dataset.on = "";
    }
    for (const row of document.querySelectorAll(".row")) row.hidden = active && !row.querySelector(".note:not([hidden])");
    for (const page of document.querySelectorAll(".page")) page.hidden = active && !page.querySelector(".row:not([hidden])");
    status.textContent = active
      ? `${count.toLocaleString("en")} of ${notes.length.toLocaleString("en")} quotes shown, each with its paragraph.`
      : `All ${notes.length.toLocaleString("en")} quotes shown, in full text.`;
  }

  // The filter is kept in the address, so that Back works and a selection can be sent to a colleague.
  function fromAddress() {
    if (!location.hash.startsWith("#find")) {
      const id = location.hash.slice(1);
      const note = id && document.getElementById(id);
      if (note && note.closest("[hidden]")) { form.reset(); apply(wanted()); note.scrollIntoView(); }
      return;
    }
    const asked = new URLSearchParams(location.hash.split("?")[1] || "");
    form.reset();
    for (const key of [...keys, "w"]) if (form.elements[key] && asked.has(key)) form.elements[key].value = asked.get(key);
    apply(wanted());
    document.getElementById("evidence").scrollIntoView();
    status.focus({ preventScroll: true });
  }

  form.hidden = false;
  let timer = 0;
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => apply(wanted()), 120); });
  form.addEventListener("submit", (event) => { event.preventDefault(); apply(wanted()); });
  form.addEventListener("reset", () => setTimeout(() => {
    if (location.hash.startsWith("#find")) history.replaceState(null, "", "#evidence");
    apply(wanted());
  }));
  window.addEventListener("hashchange", fromAddress);
  window.addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details:not([open])")) { one.open = true; one.dataset.shut = "1"; }
  });
  window.addEventListener("afterprint", () => {
    for (const one of document.querySelectorAll("details[data-shut]")) { one.open = false; delete one.dataset.shut; }
  });
  apply(wanted());
  fromAddress();
})();
