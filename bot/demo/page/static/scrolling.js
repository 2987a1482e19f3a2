/** Lists of messages stay at their end while one reads there, and where one has scrolled to otherwise. */

const NEAR_PX = 60;
const ends = new WeakMap();

/** Before drawing: remember which lists are at their end. */
export function noteEnds() {
  for (const list of document.querySelectorAll(".scroller[data-place]")) {
    const room = list.scrollHeight - list.clientHeight - list.scrollTop;
    ends.set(list, { place: list.dataset.place, atEnd: room < NEAR_PX });
  }
}

/** After drawing: go to the end of a list that was there, or that shows another place now. */
export function keepEnds() {
  for (const list of document.querySelectorAll(".scroller[data-place]")) {
    const before = ends.get(list);
    if (!before || before.atEnd || before.place !== list.dataset.place) list.scrollTop = list.scrollHeight;
  }
}
