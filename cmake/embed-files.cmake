# Run by stepdeck_embed: writes OUTPUT from the FILES below BASE.
string(REPLACE "|" ";" FILES "${FILES}")
set(text "/* Generated from ${NAME}; do not edit. */\n#include \"base/embedded.h\"\n\n")
set(table "")
set(index 0)
foreach(file IN LISTS FILES)
    file(READ "${BASE}/${file}" hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
    set(executable false)
    if(file MATCHES "\\.sh$")
        set(executable true)
    endif()
    string(APPEND text "static const unsigned char file_${index}[] = {\n${hex}\n0};\n")
    string(APPEND table "    { \"${file}\", file_${index}, ${size}, ${executable} },\n")
    math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}" "${text}
const struct embedded_file ${NAME}[] = {
${table}    { 0, 0, 0, 0 },
};
")
