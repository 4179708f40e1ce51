// Writes the runner's tiny test app into a new folder: make_tiny_app DIR [GAIN].
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "runner/run/tiny_app_for_test.h"

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fputs("usage: make_tiny_app DIR [GAIN]\n", stderr);
    return 2;
  }
  const verge::runner::TinyApp app(argc == 3 ? std::strtof(argv[2], nullptr) : 10);
  std::error_code error;
  std::filesystem::copy(app.dir(), argv[1], std::filesystem::copy_options::recursive, error);
  if (!error) return 0;
  std::fprintf(stderr, "%s: %s\n", argv[1], error.message().c_str());
  return 1;
}
