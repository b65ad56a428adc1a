-- Writes docs/reference.md from the help texts: mlprun docs/reference.lua > docs/reference.md (make docs).
local help = require "mlprun.help"

local function anchor(title) return (title:lower():gsub("[^%w _-]", ""):gsub(" ", "-")) end

print("# Reference\n")
print("Every name of the library: how it is called, what is optional and its defaults. The prompt has the same texts:")
print("`?nn.Linear`.")
print("This file is made from them (`make docs`). Prose and examples are in `scripts/help`; how a name is called, its defaults")
print("and limits come from the description that the runtime makes it from, or from the block on its Lua function.\n")
for _, part in ipairs(help.PARTS) do print(("- [%s](#%s)"):format(part[2], anchor(part[2]))) end
for _, part in ipairs(help.PARTS) do
  print(("\n## %s"):format(part[2]))
  for _, name in ipairs(help.names()) do
    local entry = help.entry(name)
    if entry.part == part[1] then
      print(("\n### %s\n\n`%s`\n\n%s"):format(name, entry.signature, table.concat(entry.text, "\n")))
      local parameters = help.parameters(entry)
      if #parameters > 0 then print() end
      for _, each in ipairs(parameters) do print(("- `%s`: %s"):format(each[1], each[2])) end
      if #entry.example > 0 then print("\n```\n> " .. table.concat(entry.example, "\n> ") .. "\n```") end
      if #entry.see > 0 then print("\nSee also: " .. table.concat(entry.see, ", ")) end
    end
  end
end
