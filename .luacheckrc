std = "lua54"
max_line_length = 130
unused_args = true
ignore = { "212/_.*" }
files["experiments"] = { max_line_length = 110 }
files["tests/lua"] = { ignore = { "111", "113" } }
