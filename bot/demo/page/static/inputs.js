/**
 * The inputs of a form. What they hold is read by `formstate.js`.
 *
 * The elements keep what is typed themselves: `value` and `checked` are set as first values only, so a live update or
 * an updated view never overwrites a person.
 */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { ifDefined } from "./vendor/lit-html/directives/if-defined.js";
import { choose } from "./acting.js";
import { optionsOf, plain } from "./elements.js";
import { channel } from "./store.js";

const AFTER_TYPING = 250; // ms without a key after which the bot is told, where it wants every change

/** An input block: its label, the element, a hint, and what the bot says is wrong. */
export function drawInput(block, spot, errors) {
  const id = `input-${block.block_id}`;
  const error = errors[block.block_id];
  const group = GROUPED.has(block.element.type);
  const label = html`${plain(block.label)}${block.optional ? OPTIONAL : nothing}`;
  const inside = html`
    ${group ? html`<legend>${label}</legend>` : html`<label for=${id}>${label}</label>`}
    ${control(block, { id, described: described(block, error, id), spot, error })}
    ${block.hint ? html`<p class="hint" id=${`${id}-hint`}>${plain(block.hint)}</p>` : nothing}
    ${error ? html`<p class="field-error" id=${`${id}-error`} role="alert">${error}</p>` : nothing}`;
  return group
    ? html`<fieldset class="block input">${inside}</fieldset>`
    : html`<div class="block input">${inside}</div>`;
}

function control(block, { id, described: by, spot, error }) {
  const { element } = block;
  const changed = ({ currentTarget }) => {
    if (!block.dispatch_action || !currentTarget.isConnected) return; // the form may be closed by now
    choose(currentTarget, element, spot, block, currentTarget.value);
  };
  const everyKey = element.dispatch_action_config?.trigger_actions_on.includes("on_character_entered");
  const keyed = everyKey && block.dispatch_action ? whenQuiet(changed) : undefined;
  const common = { id, by, element, name: block.block_id, wrong: Boolean(error), changed, keyed };
  if (GROUPED.has(element.type)) return ticks(common);
  if (element.type.endsWith("_select")) return select(common);
  return typed(common);
}

const pauses = new WeakMap();

/** Called once nothing has been typed for a moment; the field is what is remembered, as a drawing makes a new handler. */
function whenQuiet(changed) {
  return ({ currentTarget }) => {
    clearTimeout(pauses.get(currentTarget));
    pauses.set(currentTarget, setTimeout(() => changed({ currentTarget }), AFTER_TYPING));
  };
}

function select({ id, by, element, name, wrong, changed }) {
  const [first] = initials(element);
  const options = optionsOf(element);
  const known = first === undefined || options.some(({ value }) => value === first);
  const offered = known ? options : [{ value: first, text: first }, ...options]; // a channel that this person is not in
  return html`<select id=${id} class="field" data-block=${name} aria-describedby=${ifDefined(by)}
    aria-invalid=${String(wrong)} ?autofocus=${element.focus_on_load} @change=${changed}>
    <option value="">${element.placeholder ? plain(element.placeholder) : "Choose an option"}</option>
    ${offered.map(({ value, text }) => html`<option value=${value} ?selected=${value === first}>${text}</option>`)}
  </select>`;
}

function ticks({ by, element, name, changed }) {
  const kind = element.type === "radio_buttons" ? "radio" : "checkbox";
  const first = initials(element);
  return html`<div class="ticks ${element.type.startsWith("multi_") ? "many" : ""}" aria-describedby=${ifDefined(by)}>
    ${optionsOf(element).map(
      (one) => html`<label class="tick"><input type=${kind} name=${`tick-${name}`} data-block=${name} value=${one.value}
        ?checked=${first.includes(one.value)} @change=${changed}>
        <span>${one.text}${one.note ? html`<small>${one.note}</small>` : nothing}</span></label>`,
    )}</div>`;
}

function typed({ id, by, element, name, wrong, changed, keyed }) {
  const look = "field";
  const hint = element.placeholder ? plain(element.placeholder) : "";
  if (element.multiline) {
    return html`<textarea id=${id} class=${look} rows="4" data-block=${name} placeholder=${hint}
      maxlength=${ifDefined(element.max_length)}
      aria-describedby=${ifDefined(by)} aria-invalid=${String(wrong)}
      @change=${changed} .defaultValue=${element.initial_value ?? ""}></textarea>`;
  }
  const first = element.initial_value ?? element.initial_date ?? element.initial_time;
  return html`<input id=${id} class=${look} type=${TYPES[element.type] ?? "text"} data-block=${name} placeholder=${hint}
    value=${ifDefined(first)} maxlength=${ifDefined(element.max_length)} min=${ifDefined(element.min_value)}
    max=${ifDefined(element.max_value)}
    step=${element.is_decimal_allowed ? "any" : nothing} ?autofocus=${element.focus_on_load} autocomplete="off"
    aria-describedby=${ifDefined(by)} aria-invalid=${String(wrong)} @change=${changed} @input=${keyed}>`;
}

const OPTIONAL = html` <span class="optional">(optional)</span>`;

/** Inputs of several controls, which want a fieldset. */
const GROUPED = new Set([
  "checkboxes",
  "radio_buttons",
  "multi_static_select",
  "multi_users_select",
  "multi_channels_select",
  "multi_conversations_select",
]);

const TYPES = {
  number_input: "number",
  email_text_input: "email",
  url_text_input: "url",
  datepicker: "date",
  timepicker: "time",
  datetimepicker: "datetime-local",
};

/** The values that an element starts with. */
export function initials(element) {
  if (element.default_to_current_conversation && channel()) return [channel().id];
  const one =
    element.initial_option?.value ?? element.initial_user ?? element.initial_channel ?? element.initial_conversation;
  const many =
    element.initial_options?.map(({ value }) => value) ??
    element.initial_users ??
    element.initial_channels ??
    element.initial_conversations;
  return many ?? [one];
}

function described(block, error, id) {
  return [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
}
