std = "lua54"
max_line_length = 130
unused_args = true
ignore = { "212/_.*" }
files["tests/lua"] = { ignore = { "111", "113" } }
