--- mlprun.base.layout - text in columns and paragraphs, counted in characters and not in bytes.
local layout = {}

--- The columns that a text takes.
function layout.width(s) return utf8.len(s) or #s end

--- A text with spaces behind it, up to a width.
function layout.left(s, width) return s .. (" "):rep(width - layout.width(s)) end

--- A text with spaces before it.
function layout.right(s, width) return (" "):rep(width - layout.width(s)) .. s end

--- A space at which no line is broken; it becomes a plain one there.
layout.joint = "\u{a0}"

--- Words that stay on one line.
function layout.whole(phrase) return (phrase:gsub(" ", layout.joint)) end

--- Joined words as plain ones.
function layout.parted(s) return (s:gsub(layout.joint, " ")) end

--- Breaks a paragraph into lines of at most `width` columns.
---@param paragraph string
---@param width integer
---@param indent? string   before each line but the first
---@param first? string    before the first line
---@return string[]
function layout.lines(paragraph, width, indent, first)
  local lines, line, bare = {}, first or "", true
  for word in paragraph:gmatch("%S+") do
    if not bare and layout.width(line) + 1 + layout.width(word) > width then
      lines[#lines + 1] = layout.parted(line)
      line, bare = indent or "", true
    end
    line, bare = line .. (bare and "" or " ") .. word, false
  end
  lines[#lines + 1] = layout.parted(line)
  return lines
end

--- The same as one text.
function layout.wrap(paragraph, width, indent, first)
  return table.concat(layout.lines(paragraph, width, indent, first), "\n")
end

return layout
