# Writes OUTPUT, a C++ source with the bytes of FILES ('|'-separated). Called by verge_embed.
string(REPLACE "|" ";" files "${FILES}")
set(arrays "")
set(entries "")
set(count 0)
foreach(file IN LISTS files)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  cmake_path(GET file FILENAME name)
  string(APPEND arrays "constexpr unsigned char kFile${count}[] = {${bytes}0};\n")
  string(APPEND entries "    {\"${name}\", {reinterpret_cast<const char*>(kFile${count}), sizeof(kFile${count}) - 1}},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT}.new "#include <array>
#include <span>

#include \"base/embedded_file.h\"

namespace verge::embed {
namespace {

${arrays}
}  // namespace

std::span<const EmbeddedFile> ${NAME}() {
  static const std::array<EmbeddedFile, ${count}> files = {{
${entries}  }};
  return files;
}

}  // namespace verge::embed
")
file(RENAME ${OUTPUT}.new ${OUTPUT})
