// Writes the runner's tiny test app into a new folder: make_tiny_app DIR.
#include <cstdio>
#include <filesystem>

#include "runner/run/tiny_app_for_test.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: make_tiny_app DIR\n", stderr);
    return 2;
  }
  const verge::runner::TinyApp app;
  std::error_code error;
  std::filesystem::copy(app.dir(), argv[1], std::filesystem::copy_options::recursive, error);
  if (!error) return 0;
  std::fprintf(stderr, "%s: %s\n", argv[1], error.message().c_str());
  return 1;
}
