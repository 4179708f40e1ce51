// Names for what is added to a graph: the wanted one when it is free, otherwise with a number behind it.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace verge::quant {

class Names {
 public:
  void Take(const std::string& name) { taken_.insert(name); }
  void Free(const std::string& name) { taken_.erase(name); }
  // A free name, which is taken from now on.
  std::string New(const std::string& wanted) {
    std::string name = wanted;
    for (int i = 1; !taken_.insert(name).second; ++i) name = wanted + "." + std::to_string(i);
    return name;
  }

 private:
  std::set<std::string> taken_;
};

}  // namespace verge::quant
