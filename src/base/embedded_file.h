// A file that the build put into the program (verge_embed in cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace verge {

struct EmbeddedFile {
  std::string_view name;   // last part of its path
  std::string_view bytes;  // static storage
};

}  // namespace verge
