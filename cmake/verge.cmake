# The three ways to add something to the build. Each takes files relative to the caller's folder.
#
#   verge_library(NAME base SRCS status.cc HDRS status.h DEPS fmt::fmt [PRIVATE_DEPS ...] TESTS status_test.cc
#                 [TEST_DEPS ...] [TEST_DATA dir] [FUZZ x_fuzz.cc] [BENCH x_bench.cc])
#       A static library `verge_base` (alias verge::base); its tests become one ctest program `base_test`.
#       Every header is also compiled alone (target all_verify_interface_header_sets).
#   verge_test(NAME x SRCS x_test.cc DEPS ...)       A ctest program for what crosses folders.
#   verge_program(NAME verge SRCS main.cc DEPS ...)  A program in bin/.

add_library(verge_flags INTERFACE)
target_compile_features(verge_flags INTERFACE cxx_std_20)
target_compile_options(verge_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -fno-strict-aliasing
  -ffp-contract=off        # results must not depend on what the compiler chooses to fuse
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # g++ 12 warns falsely about "literal" + std::string (its bug 105651)
  $<$<BOOL:${VERGE_WERROR}>:-Werror>)
if(VERGE_SMALL)
  # The build type is MinSizeRel; kernels.cmake and ops.cmake keep the inner loops fast.
  # g++ 12 sees uninitialised optionals at -Os that are not.
  target_compile_options(verge_flags INTERFACE -ffunction-sections -fdata-sections $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
target_compile_definitions(verge_flags INTERFACE VERGE_STATUS_DETAIL=${VERGE_STATUS_DETAIL})

function(verge_test)
  cmake_parse_arguments(A "" "NAME" "SRCS;DEPS" ${ARGN})
  if(NOT VERGE_TESTS)
    return()
  endif()
  add_executable(${A_NAME}_test ${A_SRCS})
  target_link_libraries(${A_NAME}_test PRIVATE verge_flags ${A_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${A_NAME}_test PRIVATE VERGE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" VERGE_BINARY_DIR="${PROJECT_BINARY_DIR}"
    VERGE_CACHE_DIR="${VERGE_CACHE}")
  add_test(NAME ${A_NAME} COMMAND ${A_NAME}_test)
  set_tests_properties(${A_NAME} PROPERTIES TIMEOUT 600)
endfunction()

# A fuzzer is a libFuzzer program in the fuzz preset and, everywhere else, a test that replays its corpus.
function(verge_fuzz name source)
  get_filename_component(stem ${source} NAME_WE)
  if(VERGE_FUZZ)
    add_executable(${stem} ${source})
    target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(${stem} PRIVATE verge_flags ${name} ${ARGN})
  elseif(VERGE_TESTS)
    add_executable(${stem} ${source} ${PROJECT_SOURCE_DIR}/fuzz/replay_main.cc)
    target_link_libraries(${stem} PRIVATE verge_flags ${name} ${ARGN})
    add_test(NAME ${stem}_corpus COMMAND ${stem} ${PROJECT_SOURCE_DIR}/fuzz/corpus/${stem})
    set_tests_properties(${stem}_corpus PROPERTIES TIMEOUT 120)
  endif()
endfunction()

function(verge_library)
  cmake_parse_arguments(A "" "NAME" "SRCS;HDRS;DEPS;PRIVATE_DEPS;TESTS;TEST_DEPS;FUZZ;BENCH" ${ARGN})
  set(target verge_${A_NAME})
  if(A_SRCS)
    add_library(${target} STATIC ${A_SRCS})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE verge_flags ${A_PRIVATE_DEPS})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(verge::${A_NAME} ALIAS ${target})
  target_sources(${target} ${scope} FILE_SET headers TYPE HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${A_HDRS})
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} ${scope} ${A_DEPS})
  target_compile_definitions(${target} ${scope} VERGE_STATUS_DETAIL=${VERGE_STATUS_DETAIL})
  target_compile_features(${target} ${scope} cxx_std_20)
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  if(A_TESTS)
    verge_test(NAME ${A_NAME} SRCS ${A_TESTS} DEPS verge::${A_NAME} ${A_PRIVATE_DEPS} ${A_TEST_DEPS})
  endif()
  foreach(source IN LISTS A_FUZZ)
    verge_fuzz(verge::${A_NAME} ${source} ${A_PRIVATE_DEPS})
  endforeach()
  if(VERGE_BENCHMARKS)
    foreach(source IN LISTS A_BENCH)
      get_filename_component(stem ${source} NAME_WE)
      add_executable(${stem} ${source})
      target_link_libraries(${stem} PRIVATE verge_flags verge::${A_NAME} ${A_PRIVATE_DEPS} benchmark::benchmark benchmark::benchmark_main)
    endforeach()
  endif()
endfunction()

function(verge_program)
  cmake_parse_arguments(A "" "NAME" "SRCS;DEPS" ${ARGN})
  add_executable(${A_NAME} ${A_SRCS})
  target_link_libraries(${A_NAME} PRIVATE verge_flags ${A_DEPS})
  target_include_directories(${A_NAME} PRIVATE ${PROJECT_SOURCE_DIR}/programs)
  set_target_properties(${A_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()
