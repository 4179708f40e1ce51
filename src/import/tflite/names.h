// Names that are unique within a graph: a name that is taken gets "#" and a number.
#pragma once

#include <string>
#include <unordered_set>

namespace verge::tflite {

class Names {
 public:
  std::string Unique(const std::string& base, size_t first_number = 1) {
    std::string name = base;
    for (size_t n = first_number; !taken_.insert(name).second; ++n) name = base + "#" + std::to_string(n);
    return name;
  }

 private:
  std::unordered_set<std::string> taken_;
};

}  // namespace verge::tflite
