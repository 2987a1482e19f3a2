/** What a form holds, as the `values` of Slack's `view.state`. Source: Slack, "View submission payloads". */

import { choice } from "./acting.js";
import { initials } from "./inputs.js";

/** Everything that is filled in or chosen: in input blocks, and with the selects and pickers of the other blocks. */
export function readForm(form, view) {
  const values = {};
  for (const block of view.blocks) {
    for (const element of holders(block)) {
      const given = block.type === "input" ? typed(form, block) : chosen(view, block, element);
      values[block.block_id] ??= {};
      values[block.block_id][element.action_id] = { type: element.type, ...reported(element, given) };
    }
  }
  return values;
}

/** The input blocks that may not be left empty and are: Slack's clients do not send a form with one. */
export function emptyBlocks(form, view) {
  const needed = view.blocks.filter(({ type, optional }) => type === "input" && !optional);
  return needed.filter((block) => typed(form, block).length === 0).map((block) => block.block_id);
}

/** Under which key each element reports, and how its value is written; text inputs report a `value`. */
const REPORTED = {
  static_select: ["selected_option", "option"],
  radio_buttons: ["selected_option", "option"],
  users_select: ["selected_user", "text"],
  channels_select: ["selected_channel", "text"],
  conversations_select: ["selected_conversation", "text"],
  datepicker: ["selected_date", "text"],
  timepicker: ["selected_time", "text"],
  datetimepicker: ["selected_date_time", "moment"],
  checkboxes: ["selected_options", "options"],
  multi_static_select: ["selected_options", "options"],
  multi_users_select: ["selected_users", "texts"],
  multi_channels_select: ["selected_channels", "texts"],
  multi_conversations_select: ["selected_conversations", "texts"],
};

function holders({ type, element, accessory, elements = [] }) {
  if (type === "input") return [element];
  return [accessory, ...(type === "actions" ? elements : [])].filter((one) => one && REPORTED[one.type]);
}

function typed(form, block) {
  const fields = [...form.querySelectorAll(`[data-block="${CSS.escape(block.block_id)}"]`)];
  const filled = fields.filter(({ type, checked, value }) => (/^(checkbox|radio)$/.test(type) ? checked : value));
  return filled.map(({ value }) => value);
}

function chosen(view, block, element) {
  const latest = choice({ view: view.id }, block, element);
  return (latest === undefined ? initials(element) : [latest]).filter((value) => value !== undefined);
}

function reported(element, given) {
  const [key, kind] = REPORTED[element.type] ?? ["value", "text"];
  return { [key]: WRITTEN[kind](given, element) };
}

const WRITTEN = {
  text: ([first = null]) => first,
  texts: (given) => given,
  option: ([first], element) => offered(element, first) ?? null,
  options: (given, element) => given.map((value) => offered(element, value)),
  moment: ([first]) => (first ? Math.floor(Date.parse(first) / 1000) : null),
};

function offered({ options, option_groups: groups = [] }, value) {
  return (options ?? groups.flatMap((group) => group.options)).find((one) => one.value === value);
}
