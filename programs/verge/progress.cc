#include "verge/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace verge::cli {
namespace {

constexpr int kWidth = 30;
constexpr int kStageWidth = 40;
constexpr std::chrono::milliseconds kRedraw{100};

}  // namespace

ProgressBar::ProgressBar() : is_terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::Show(const std::string& stage, size_t done, size_t total) {
  const Clock::time_point now = Clock::now();
  if (stage != stage_) {
    stage_ = stage;
    start_ = now;
    last_drawn_ = {};
  }
  const bool is_over = total > 0 && done >= total;
  if (!is_terminal_) {
    if (is_over) std::fprintf(stderr, "%s: %zu\n", stage_.c_str(), total);
    return;
  }
  if (!is_over && now - last_drawn_ < kRedraw) return;
  last_drawn_ = now;
  Draw(done, total);
}

void ProgressBar::Draw(size_t done, size_t total) {
  const double share = total == 0 ? 0 : static_cast<double>(std::min(done, total)) / static_cast<double>(total);
  std::string bar(static_cast<size_t>(share * kWidth), '#');
  bar.resize(kWidth, '.');
  std::fprintf(stderr, "\r%-*.*s [%s] %zu/%zu", kStageWidth, kStageWidth, stage_.c_str(), bar.c_str(), done, total);
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  if (share > 0.02 && share < 1) std::fprintf(stderr, "  %.0f s left", seconds * (1 - share) / share);
  std::fputs("\x1b[K", stderr);
  std::fflush(stderr);
  is_drawn_ = true;
}

void ProgressBar::Clear() {
  if (is_drawn_) std::fputs("\r\x1b[K", stderr);
  is_drawn_ = false;
}

}  // namespace verge::cli
