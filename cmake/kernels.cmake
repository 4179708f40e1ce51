# Reads kernels.def and compiles each family once for every instruction set of the target processor. A unit is three
# lines in the build folder: the vector type isa/<isa>.inl, then the body <stem>.inl. No unit may leave a weak symbol
# (a linker could pick its copy, compiled for the wrong CPU, for the whole program): the test isa_symbols looks.
#
# Sets in the caller: VERGE_KERNEL_SRCS. Makes: object libraries verge_kernels_<isa>.
function(verge_kernels def_file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${def_file})
  # g++ 12's own avx512fintrin.h initialises "undefined" vectors with themselves, which -Wuninitialized reports.
  set(avx512_flags $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd -mavx2 -mfma -mf16c -mprefer-vector-width=512)
  set(avx2_flags -mavx2 -mfma -mf16c)
  set(vnni_flags ${avx512_flags} -mavx512vnni)
  set(avxvnni_flags ${avx2_flags} -mavxvnni)
  set(neondot_flags -march=armv8.2-a+dotprod)
  set(i8mm_flags -march=armv8.2-a+dotprod+i8mm)
  set(neon_flags "")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    set(isas avx512 avx2)  # best first
    set(int_isas vnni avx512 avxvnni avx2)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(isas neon)
    set(int_isas i8mm neondot neon)
  else()
    set(isas "")
    set(int_isas "")
  endif()
  set(all_isas ${int_isas} ${isas})
  list(REMOVE_DUPLICATES all_isas)
  file(STRINGS ${def_file} lines REGEX "^VERGE_(KERNEL|INT)_FAMILY\\(")
  set(tables "")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^VERGE_(KERNEL|INT)_FAMILY\\(([a-z0-9_]+), ([A-Za-z0-9]+)\\)" matched "${line}")
    if(NOT matched)
      message(FATAL_ERROR "${def_file}: cannot read '${line}'; wants VERGE_KERNEL_FAMILY(stem, Type) or VERGE_INT_FAMILY")
    endif()
    set(family ${CMAKE_MATCH_1})
    set(stem ${CMAKE_MATCH_2})
    set(type ${CMAKE_MATCH_3})
    set(rows "")
    set(count 0)
    set(family_isas ${isas})
    set(vectors "")
    if(family STREQUAL INT)
      set(family_isas ${int_isas})
      set(vectors _dots)
    endif()
    foreach(isa IN LISTS family_isas)
      string(APPEND rows "&${stem}__${isa}, ")
      math(EXPR count "${count} + 1")
      set(unit ${CMAKE_CURRENT_BINARY_DIR}/${stem}__${isa}.cc)
      file(CONFIGURE OUTPUT ${unit} @ONLY CONTENT
        "#define VERGE_ISA_NAME \"${isa}\"\n#define VERGE_ISA_SYMBOL(stem) stem##__${isa}\n#include \"kernels/isa/${isa}${vectors}.inl\"\n#include \"kernels/${stem}.inl\"\n")
      list(APPEND ${isa}_units ${unit})
    endforeach()
    string(APPEND tables
      "std::span<const ${type}Table* const> All${type}() {\n"
      "  static constexpr std::array<const ${type}Table*, ${count}> kTables = {${rows}};\n"
      "  return kTables;\n}\n"
      "const ${type}Table* Best${type}(const CpuFeatures& cpu) {\n"
      "  for (const ${type}Table* t : All${type}()) {\n"
      "    if (IsaIsUsable(t->isa, cpu)) return t;\n  }\n  return nullptr;\n}\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/tables_list.cc @ONLY CONTENT
    "#include <array>\n#include \"kernels/tables.h\"\nnamespace verge::kernels {\n${tables}}\n")
  set(srcs ${CMAKE_CURRENT_BINARY_DIR}/tables_list.cc)
  foreach(isa IN LISTS all_isas)
    add_library(verge_kernels_${isa} OBJECT ${${isa}_units})
    target_link_libraries(verge_kernels_${isa} PRIVATE verge_flags)
    target_include_directories(verge_kernels_${isa} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    # Optimised in every build type: at -O0 a register tile would live on the stack and every test take minutes.
    target_compile_options(verge_kernels_${isa} PRIVATE -O3 ${${isa}_flags})
    list(APPEND srcs $<TARGET_OBJECTS:verge_kernels_${isa}>)
    list(APPEND objects $<TARGET_OBJECTS:verge_kernels_${isa}>)
  endforeach()
  if(VERGE_TESTS AND isas)
    add_test(NAME isa_symbols COMMAND python3 ${PROJECT_SOURCE_DIR}/tools/check_isa_symbols.py ${CMAKE_NM} ${objects}
      COMMAND_EXPAND_LISTS)
  endif()
  set(VERGE_KERNEL_SRCS ${srcs} PARENT_SCOPE)
endfunction()
