// A whole app in a folder of its own, small enough to know every number: its detector sees a person in the upper left
// quarter of a bright picture, and nothing in a dark one.
//
//   image [1, 2, 2, 3] in -1..1;  scores = gain * image[0] for (anchor 0, person), -20 elsewhere;  boxes = 0: the
//   anchors gain 10: the score is 0.99995; a model "trained wrongly" has another gain and goldens that fit it
#pragma once

#include <string>

#include "sys/file/temp_dir.h"

namespace verge::runner {

class TinyApp {
 public:
  explicit TinyApp(float gain = 10);
  const std::string& dir() const { return dir_.path(); }
  std::string File(const std::string& name) const { return dir_.File(name); }
  void Write(const std::string& path, const std::string& text) const;
  // In one of the app's text files; fails the test when `from` is not there.
  void Replace(const std::string& path, const std::string& from, const std::string& to) const;

 private:
  sys::TempDir dir_;
};

}  // namespace verge::runner
