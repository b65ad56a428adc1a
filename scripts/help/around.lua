--- mlprun.help.around - names without an entry of their own: classes and parts by what is in them (found, metrics.stats), options
--- by the functions that take them (pairs), fields that are called so elsewhere (run.transforms).
local layout = require "mlprun.base.layout"
local experiment_fields = require "mlprun.experiment.fields"

local around = {}

-- Entries whose name begins with this one, whatever its case: a class's or a part's.
local function members(name, known, order)
  local list, owner = {}, nil
  for _, each in ipairs(order) do
    local of = each:match("^(.-)[%.:][%w_]+$")
    if of and of:lower() == name:lower() then
      list[#list + 1], owner = known[each], owner or of
    end
  end
  return list, owner
end

-- Functions with an option or an argument of this name about which something is said.
local function takers(name, known, order)
  local list = {}
  for _, each in ipairs(order) do
    local call = known[each].call
    for _, places in ipairs { call and call.options or {}, call and call.arguments or {} } do
      for _, place in ipairs(places) do
        if place.name == name and place.doc then list[#list + 1] = { each, place.doc } end
      end
    end
  end
  return list
end

-- The first sentence about an entry.
local function sentence(entry)
  local text = table.concat(entry.text, " ")
  return text:match("^(.-)%.%s") or text
end

--- The text about such a name; nil when it is none.
---@param known table<string, table>   the entries
---@param order string[]               their names
function around.text(name, known, order, width)
  local lines = {}
  local function add(text, indent, first) table.move(layout.lines(text, width, indent, first), 1, 99, #lines + 1, lines) end
  local list, owner = members(name:gsub("^ml%.", ""), known, order)
  local field = name:match("^[Rr]un%.([%w_]+)$")
  if #list > 0 then
    lines[1] = ("what %s has:"):format(owner)
    for _, entry in ipairs(list) do add(sentence(entry), (" "):rep(31), ("  %-28s "):format(entry.name)) end
  elseif field and experiment_fields.elsewhere[field] then
    lines[1] = ("a run has no field '%s':"):format(field)
    add(experiment_fields.elsewhere[field], "  ", "  ")
  else
    for _, taker in ipairs(takers(name, known, order)) do add(taker[2], "    ", ("%s of %s: "):format(name, taker[1])) end
  end
  return #lines > 0 and table.concat(lines, "\n") or nil
end

return around
