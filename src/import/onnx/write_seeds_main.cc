// Writes the models of test_models.h as files, the seeds of onnx_fuzz.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "import/onnx/test_models.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_onnx_seeds FOLDER\n");
    return 2;
  }
  for (const verge::onnx::TestModel& model : verge::onnx::kTestModels) {
    std::ofstream out(std::filesystem::path(argv[1]) / (std::string(model.name) + ".onnx"), std::ios::binary);
    out << verge::onnx::ModelBytes(model.text);
    if (!out.good()) return 1;
  }
  return 0;
}
