# How everything is compiled: one place for warnings, hardening and sanitizers.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(STEPDECK_WERROR "treat warnings as errors" OFF)
option(STEPDECK_FUZZ "build the fuzz targets with libFuzzer (clang)" OFF)
set(STEPDECK_SANITIZE "" CACHE STRING "value for -fsanitize=")
option(STEPDECK_COVERAGE "instrument for coverage" OFF)

add_library(stepdeck_options INTERFACE)
target_compile_definitions(stepdeck_options INTERFACE
    _POSIX_C_SOURCE=200809L _XOPEN_SOURCE=700 _DEFAULT_SOURCE _DARWIN_C_SOURCE)
target_compile_options(stepdeck_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wcast-qual -Wwrite-strings
    -Wformat=2 -Wnull-dereference -Wundef -fno-common)
if(STEPDECK_WERROR)
    target_compile_options(stepdeck_options INTERFACE -Werror)
endif()

if(STEPDECK_SANITIZE)
    target_compile_options(stepdeck_options INTERFACE
        -fsanitize=${STEPDECK_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    target_link_options(stepdeck_options INTERFACE
        -fsanitize=${STEPDECK_SANITIZE})
endif()
if(STEPDECK_FUZZ)
    target_compile_options(stepdeck_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(STEPDECK_COVERAGE)
    target_compile_options(stepdeck_options INTERFACE --coverage)
    target_link_options(stepdeck_options INTERFACE --coverage)
endif()

# Hardening belongs to optimised builds; sanitizers bring their own checks.
if(CMAKE_BUILD_TYPE MATCHES "Release|RelWithDebInfo" AND NOT STEPDECK_SANITIZE)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    target_compile_options(stepdeck_options INTERFACE
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong)
    if(NOT APPLE)
        target_compile_options(stepdeck_options INTERFACE
            -fstack-clash-protection)
        target_link_options(stepdeck_options INTERFACE
            -pie -Wl,-z,relro -Wl,-z,now)
    endif()
endif()
