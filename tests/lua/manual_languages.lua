-- Pages of the manual that are there in two languages have the same code, and the practical work answers all its questions.
local t = dofile("tests/lua/harness.lua")
local sys = require("mlprun.core").sys

local PAGES = {
  { "docs/tutorial.md", "docs/es/tutorial.md" },
  { "docs/practical-work.md", "docs/es/trabajo-practico.md" },
}
local QUESTIONS = 52

-- A page's blocks of code, each with the comment that says how it is run, and its headings' levels.
local function parts_of(path)
  local blocks, levels, block, before = {}, {}, nil, ""
  for line in (sys.read_file(path) .. "\n"):gmatch("([^\n]*)\n") do
    if line:find("^```") and not block then
      block = { before:match("^<!%-%-.*%-%->$") or "", line }
    elseif block then
      block[#block + 1] = line
      if line:find("^```$") then blocks[#blocks + 1], block = table.concat(block, "\n"), nil end
    else
      levels[#levels + 1] = line:match("^(#+) ")
    end
    before = line
  end
  return blocks, levels
end

for _, pair in ipairs(PAGES) do
  t.test(pair[2] .. " has the code and the sections of " .. pair[1], function()
    local english, english_levels = parts_of(pair[1])
    local spanish, spanish_levels = parts_of(pair[2])
    for i = 1, math.max(#english, #spanish) do
      t.equal(spanish[i], english[i], "block " .. i)
    end
    if pair[2]:find("trabajo") then table.remove(spanish_levels) end -- the glossary
    t.equal(table.concat(spanish_levels, " "), table.concat(english_levels, " "))
  end)
end

-- The questions of a page: title and text, by number; and the rows of its table: title, answered.
local function questions_of(path)
  local questions, rows = {}, {}
  local question
  for line in (sys.read_file(path) .. "\n"):gmatch("([^\n]*)\n") do
    local number, title = line:match("^### (%d+)%. (.*)$")
    if number then
      question = { number = tonumber(number), title = title, text = "" }
      questions[#questions + 1] = question
    elseif line:find("^## ") then
      question = nil
    elseif question then
      question.text = question.text .. line .. "\n"
    end
    local row, asked, answered = line:match("^| (%d+) | (.-) | .- | (%S+) |$")
    if row then rows[#rows + 1] = { number = tonumber(row), title = asked, answered = answered } end
  end
  return questions, rows
end

for _, page in ipairs { { "docs/practical-work.md", "emoji", "waste", "yes", "(%d+) of (%d+) questions are answered" },
                        { "docs/es/trabajo-practico.md", "emoji", "residuos", "sí", "(%d+) de (%d+) preguntas están" } } do
  t.test(page[1] .. " answers each question with figures of both data sets, and counts them", function()
    local questions, rows = questions_of(page[1])
    t.equal({ #questions, #rows }, { QUESTIONS, QUESTIONS })
    local answered = 0
    for i, question in ipairs(questions) do
      t.equal({ question.number, rows[i].number, rows[i].title }, { i, i, question.title })
      local text = question.text
      local shown = text:find(page[2], 1, true) and text:find(page[3], 1, true) and text:find("%d")
      t.ok(shown, "question " .. i .. " says what both data sets showed")
      if rows[i].answered == page[4] then answered = answered + 1 end
    end
    local said, all = sys.read_file(page[1]):match(page[5])
    t.equal({ tonumber(said), tonumber(all) }, { answered, QUESTIONS })
  end)
end

-- The numbers of a text, in order of size, as they are written; those in code were compared with it.
local function figures_of(text)
  local list = {}
  for number in text:gsub("```.-```", ""):gmatch("%f[%w.]%d[%d.,e-]*") do list[#list + 1] = number:match("^(.-)[.,e-]*$") end
  table.sort(list)
  return table.concat(list, " ")
end

t.test("each question has the same figures in both languages", function()
  local english, spanish = questions_of("docs/practical-work.md"), questions_of("docs/es/trabajo-practico.md")
  for i, question in ipairs(english) do
    t.equal(figures_of(spanish[i].text), figures_of(question.text), "question " .. i)
    t.ok(#figures_of(question.text) > 0, "question " .. i .. " has figures")
  end
end)

-- The loop written out, and what goes beyond the course.
local NOT_IN_IT = { ["baseline.lua"] = true, ["search.lua"] = true }

t.test("the practical work uses every experiment of the course", function()
  local text = sys.read_file("docs/practical-work.md")
  for _, file in ipairs(sys.list("experiments")) do
    if file:find("%.lua$") and not NOT_IN_IT[file] then
      t.ok(text:find("$ mlprun experiments/" .. file, 1, true), file .. " is run")
    end
  end
end)

t.done()
