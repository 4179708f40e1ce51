#include "agent/log.h"

#include <cstdio>
#include <string>

namespace verge::agent {

void Log(std::string_view text) {
  std::string line = "verge-agent: " + std::string(text.substr(0, 2000));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  line += '\n';
  std::fputs(line.c_str(), stderr);  // one call, so that lines of several threads do not mix
}

}  // namespace verge::agent
