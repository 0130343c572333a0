// The filter of the gallery: cards whose text has all words.
const field = document.getElementById("gallery-filter");
field?.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/);
  for (const card of document.querySelectorAll(".sd-card")) {
    const text = card.textContent.toLowerCase();
    card.closest(".sd-col").hidden = !words.every((word) => text.includes(word));
  }
});
