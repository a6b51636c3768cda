# Prints C files as FILE:LINE:code, without comments and with empty string and
# character literals, so that a word in prose is never taken for a call.

FNR == 1 { in_comment = 0 }

{
    rest = $0
    code = ""
    while (rest != "") {
        if (in_comment) {
            at = index(rest, "*/")
            if (!at)
                break
            rest = substr(rest, at + 2)
            in_comment = 0
            code = code " "
        } else if (match(rest, /\/\/|\/\*|["']/)) {
            code = code substr(rest, 1, RSTART - 1)
            mark = substr(rest, RSTART, 1)
            token = substr(rest, RSTART, RLENGTH)
            rest = substr(rest, RSTART + RLENGTH)
            if (token == "//")
                break
            if (token == "/*") {
                in_comment = 1
            } else {
                code = code mark mark
                while (rest != "" && substr(rest, 1, 1) != mark)
                    rest = substr(rest, substr(rest, 1, 1) == "\\" ? 3 : 2)
                rest = substr(rest, 2)
            }
        } else {
            code = code rest
            rest = ""
        }
    }
    print FILENAME ":" FNR ":" code
}
