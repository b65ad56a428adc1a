--- mlprun.prompt.pasted - examples that somebody copied from a page: with the prompts that stood there, and what was answered.
local pasted = {}

-- How a prompt looks where an input begins and where it goes on: ours, Python's, IPython's.
local OURS = { "^%s*> ?(.*)$", "^%s*>> ?(.*)$" }
local OTHERS = {
  { "^%s*>>> ?(.*)$", "^%s*%.%.%. ?(.*)$" },
  { "^%s*In ?%[%d*%]: ?(.*)$", "^%s*%.%.%.+: ?(.*)$" },
}

local function lines_of(text) return (text .. "\n"):gmatch("([^\n]*)\n") end

-- Inputs of lines with prompts; the other lines are what was answered.
local function prompted(text, signs)
  local inputs = {}
  for line in lines_of(text) do
    local more = line:match(signs[2])
    local first = not more and line:match(signs[1])
    if first or more and #inputs == 0 then inputs[#inputs + 1] = first or more
    elseif more then inputs[#inputs] = inputs[#inputs] .. "\n" .. more end
  end
  for i, input in ipairs(inputs) do inputs[i] = input:gsub("%s+$", "") end
  return inputs
end

--- The inputs of a text, which may carry prompts and answers; any other text is one input.
---@param text string
---@return string[]
function pasted.inputs(text)
  for _, signs in ipairs(OTHERS) do
    if text:find((signs[1]:gsub("%(.*$", ""))) then return prompted(text, signs) end
  end
  if not text:find("^%s*>>? ") then return { text } end
  local inputs = prompted(text, OURS)
  if #inputs > 1 then return inputs end
  local all = {} -- one prompt: what follows may be the rest of its statement
  for line in lines_of(text) do all[#all + 1] = line:match(OURS[2]) or line:match(OURS[1]) or line end
  return { table.concat(all, "\n") }
end

return pasted
