/**
 * Times as Slack shows them: in the reader's zone, with its format tokens.
 * Source: Slack, "Formatting message text" (date formatting) and "Rich text block" (date element).
 */

const DAY_MS = 86_400_000;
const HALF_YEAR_MS = 183 * DAY_MS;
const AGO = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/**
 * Fill a format's tokens; words around them stay, and an unknown token stays as it is written.
 * @param {number} seconds since the epoch
 * @param {{zone: string, now: number}} reader `now` in seconds
 */
export function formatDate(seconds, format, reader) {
  const at = new Date(seconds * 1000);
  return format.replace(/\{(\w+)\}/g, (written, token) => (TOKENS[token] ? TOKENS[token](at, reader) : written));
}

/** `17:36`, or `5:36 PM` where that is the habit. */
export function timeOf(at, reader, seconds = false) {
  const twelve = /^(America|Australia)\//.test(reader.zone);
  return parts(at, reader.zone, {
    hour: twelve ? "numeric" : "2-digit",
    minute: "2-digit",
    second: seconds ? "2-digit" : undefined,
    hourCycle: twelve ? "h12" : "h23",
  });
}

/** The line between two days: Today, Yesterday, or the day's name and date. */
export function dayDivider(at, reader) {
  return nearDay(at, reader) ?? `${parts(at, reader.zone, { weekday: "long" })}, ${longDate(at, reader)}`;
}

/** Whether two moments lie on one day of this zone. */
export function sameDay(one, other, zone) {
  return dayKey(one, zone) === dayKey(other, zone);
}

const TOKENS = {
  date_num: (at, { zone }) => dayKey(at, zone),
  date_slash: (at, { zone }) => parts(at, zone, { year: "numeric", month: "2-digit", day: "2-digit" }, "en-US"),
  date: longDate,
  date_pretty: pretty(longDate),
  date_short: shortDate,
  date_short_pretty: pretty(shortDate),
  date_long: weekDate,
  date_long_pretty: pretty(weekDate),
  date_long_full: (at, { zone }) => `${weekday(at, zone)}, ${dated(at, zone, "long", true)}`,
  day_divider_pretty: (at, reader) => dayDivider(at, reader),
  time: (at, reader) => timeOf(at, reader),
  time_secs: (at, reader) => timeOf(at, reader, true),
  ago: (at, { now }) => ago(now - at.getTime() / 1000),
};

function pretty(plain) {
  return (at, reader) => nearDay(at, reader)?.toLowerCase() ?? plain(at, reader);
}

function nearDay(at, { zone, now }) {
  const days = Math.round((Date.parse(dayKey(at, zone)) - Date.parse(dayKey(new Date(now * 1000), zone))) / DAY_MS);
  return { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[days];
}

function shortDate(at, { zone, now }) {
  return parts(at, zone, { month: "short", day: "numeric", year: far(at, now) ? "numeric" : undefined });
}

function longDate(at, { zone, now }) {
  return dated(at, zone, "long", far(at, now));
}

function weekDate(at, reader) {
  return `${weekday(at, reader.zone)}, ${longDate(at, reader)}`;
}

/** Slack leaves the year out within six months. */
function far(at, now) {
  return Math.abs(now * 1000 - at.getTime()) > HALF_YEAR_MS;
}

function dated(at, zone, month, withYear) {
  const day = Number(parts(at, zone, { day: "numeric" }));
  const year = withYear ? `, ${parts(at, zone, { year: "numeric" })}` : "";
  return `${parts(at, zone, { month })} ${day}${ordinal(day)}${year}`;
}

function weekday(at, zone) {
  return parts(at, zone, { weekday: "long" });
}

function ordinal(day) {
  if (day >= 11 && day <= 13) return "th";
  return { 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th";
}

function ago(seconds) {
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const [unit, size] = AGO.find(([, least]) => Math.abs(seconds) >= least) ?? ["second", 1];
  return words.format(-Math.round(seconds / size), unit);
}

function dayKey(at, zone) {
  return parts(at, zone, { year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");
}

function parts(at, zone, options, language = "en-US") {
  return at.toLocaleString(language, { timeZone: zone || "UTC", ...options });
}
