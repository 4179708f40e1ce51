// How far long work is, on standard error: on a terminal a bar with the time left that is drawn over itself, elsewhere
// one line a finished stage.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace verge::cli {

class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar() { Clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // `done` of `total` steps of a stage; another name begins another stage. One thread at a time.
  void Show(const std::string& stage, size_t done, size_t total);
  // Takes the bar away.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;
  void Draw(size_t done, size_t total);

  bool is_terminal_;
  bool is_drawn_ = false;
  std::string stage_;
  Clock::time_point start_;
  Clock::time_point last_drawn_;
};

}  // namespace verge::cli
