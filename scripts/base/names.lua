--- mlprun.base.names - lists of names, and what a message says about one that is not among them.
local sys = require("mlprun.core").sys

local names = {}

--- All keys of a table as texts, in alphabetical order.
---@param t table
---@return string[]
function names.sorted(t)
  local list = {}
  for name in next, t do list[#list + 1] = tostring(name) end
  table.sort(list)
  return list
end

--- The text keys of tables, in alphabetical order; without those that begin with `_`, which are nobody's business.
---@param ... table
---@return string[]
function names.of(...)
  local list, seen = {}, {}
  for _, from in ipairs { ... } do
    for name in next, from do
      if type(name) == "string" and not name:find("^_") and not seen[name] then
        seen[name], list[#list + 1] = true, name
      end
    end
  end
  table.sort(list)
  return list
end

--- What follows in a message about an unknown name: ": did you mean 'x'?".
---@param name any          what was given; a value that is no text is near to nothing
---@param known string[]
---@param o? table          mark: stands before the name, such as "--"; otherwise: what is said where no name is near ("")
---@return string
function names.hint(name, known, o)
  local near = type(name) == "string" and sys.nearest(name, known)
  if not near then return o and o.otherwise or "" end
  return (": did you mean '%s%s'?"):format(o and o.mark or "", near)
end

--- What is wrong with a name that should be one of a list: "there is no format 'cvs': did you mean 'csv'?"; nil when it is one.
---@param name any
---@param known string[]
---@param what string       what the names are names of
---@return string?
function names.problem(name, known, what)
  for _, one in ipairs(known) do
    if one == name then return nil end
  end
  local all = #known > 1 and ": there are " .. table.concat(known, ", ", 1, #known - 1) .. " and " .. known[#known]
  return ("there is no %s '%s'%s"):format(what, tostring(name), names.hint(name, known, { otherwise = all or "" }))
end

return names
