--- mlprun.prompt.indent - how far the next line of a statement is indented: as its last line, two more where that opens a block
--- or a bracket.
local tokens = require "mlprun.base.tokens"

local indent = {}

local STEP = 2

local OPENS = { ["function"] = 1, ["do"] = 1, ["then"] = 1, ["repeat"] = 1, ["else"] = 1, ["{"] = 1, ["("] = 1, ["["] = 1 }
local CLOSES = { ["end"] = 1, ["until"] = 1, ["elseif"] = 1, ["else"] = 1, ["}"] = 1, [")"] = 1, ["]"] = 1 }

--- The blanks that the next line begins with.
---@param text string   a statement that goes on
---@return string
function indent.after(text)
  local _, problem = load(text, "=x", "t")
  if problem and problem:find("unfinished", 1, true) then return "" end -- inside a text or a comment
  local last = text:match("([^\n]*)$")
  local before = text:sub(1, #text - #last)
  local margin, depth, first = #last:match("^ *"), 0, true
  for _, token in ipairs(tokens.of(text)) do
    if token.first > #before and (token.kind == "name" or token.kind == "sign") then
      if CLOSES[token.text] and not first then depth = depth - 1 end
      if OPENS[token.text] then depth = depth + 1 end
    end
    if token.first > #before then first = false end
  end
  return (" "):rep(math.max(0, margin + (depth > 0 and STEP or depth < 0 and -STEP or 0)))
end

return indent
