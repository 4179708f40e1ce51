// Writes the small models of model_builder.h as files, the seeds of tflite_fuzz.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "import/tflite/model_builder.h"

namespace {

bool Write(const std::filesystem::path& path, const std::vector<uint8_t>& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return out.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_tflite_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder(argv[1]);
  const bool done = Write(folder / "every_operator.tflite", verge::tflite::BuildEveryOperator()) &&
                    Write(folder / "stream.tflite", verge::tflite::BuildStream()) &&
                    Write(folder / "many_operators.tflite", verge::tflite::BuildManyOperators()) &&
                    Write(folder / "small_detector.tflite", verge::tflite::BuildSmallDetector());
  return done ? 0 : 1;
}
