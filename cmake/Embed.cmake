# stepdeck_embed(TARGET NAME FILES...) compiles files into TARGET as the table
# `const struct embedded_file NAME[]`, ended by an entry without a name. The
# entry's name is the path relative to BASE, its mode tells executables apart.

function(stepdeck_embed target name base)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)
    set(paths)
    foreach(file IN LISTS ARGN)
        list(APPEND paths ${base}/${file})
    endforeach()
    list(JOIN ARGN "|" joined)
    add_custom_command(
        OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DBASE=${base}
                "-DFILES=${joined}" -DOUTPUT=${output}
                -P ${PROJECT_SOURCE_DIR}/cmake/embed-files.cmake
        DEPENDS ${paths} ${PROJECT_SOURCE_DIR}/cmake/embed-files.cmake
        VERBATIM)
    target_sources(${target} PRIVATE ${output})
endfunction()
