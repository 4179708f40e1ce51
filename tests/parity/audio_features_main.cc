// The audio front end of tflite-micro on its own two recordings: the first frame of each must give exactly the features
// that the publishers of the model test for. Exit status 77 where VERGE_DATA is not set.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "import/tflite/import.h"
#include "ir/evaluate.h"
#include "sys/file/file.h"

namespace verge {
namespace {

constexpr int kNotRun = 77;
constexpr uint64_t kMaxFileBytes = 1 << 20;
constexpr size_t kSamples = 480;  // 30 ms at 16 kHz
using Features = std::array<int, 40>;

constexpr Features kNo = {126, 103, 124, 102, 124, 102, 123, 100, 118, 97, 118, 100, 118, 98,
                          121, 100, 121, 98,  117, 91,  96,  74,  54,  87, 100, 87,  109, 92,
                          91,  80,  64,  55,  83,  74,  74,  78,  114, 95, 101, 81};
constexpr Features kYes = {124, 105, 126, 103, 125, 101, 123, 100, 116, 98,  115, 97,  113, 90,
                           91,  82,  104, 96,  117, 97,  121, 103, 126, 101, 125, 104, 126, 104,
                           125, 101, 116, 90,  81,  74,  80,  71,  83,  76,  82,  71};

// The first samples of a WAV file of 16-bit mono sound.
Result<ir::BufferPtr> ReadSamples(const std::string& path) {
  VERGE_TRY_ASSIGN(const std::string file, sys::ReadFile(path, kMaxFileBytes));
  const size_t chunk = file.find("data");
  constexpr size_t kHeader = 8;  // name and size
  if (chunk == std::string::npos || file.size() < chunk + kHeader + kSamples * sizeof(int16_t)) {
    return VERGE_ERROR(kDataLoss, path + " has no 30 ms of sound");
  }
  return ir::BufferPtr(ir::Buffer::CopyOf(file.data() + chunk + kHeader, kSamples * sizeof(int16_t)));
}

Status CheckFeatures(const ir::Graph& graph, const std::string& wav, const Features& want) {
  VERGE_TRY_ASSIGN(const ir::BufferPtr samples, ReadSamples(wav));
  const std::array<ir::BufferPtr, 1> inputs = {samples};
  VERGE_TRY_ASSIGN(const std::vector<ir::BufferPtr> outputs, ir::Evaluate(graph, inputs));
  size_t wrong = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    const int got = reinterpret_cast<const int8_t*>(outputs[0]->data())[i];
    if (got == want[i]) continue;
    ++wrong;
    std::printf("  feature %zu: got %d, want %d\n", i, got, want[i]);
  }
  if (wrong == 0) return Status::Ok();
  return VERGE_ERROR(kDataLoss, wav + ": " + std::to_string(wrong) + " of 40 features differ");
}

Status CheckAll(const std::string& data) {
  VERGE_TRY_ASSIGN(const std::string file,
                   sys::ReadFile(data + "/models/tflite-micro/audio_preprocessor_int8.tflite", kMaxFileBytes));
  VERGE_TRY_ASSIGN(const ir::Graph graph, tflite::Import(std::as_bytes(std::span(file))));
  const std::string clips = data + "/datasets/tflite-micro-testdata/";
  VERGE_TRY(CheckFeatures(graph, clips + "no_30ms.wav", kNo));
  return CheckFeatures(graph, clips + "yes_30ms.wav", kYes);
}

}  // namespace
}  // namespace verge

int main() {
  const char* data = std::getenv("VERGE_DATA");
  if (data == nullptr) {
    std::printf("not run: VERGE_DATA is not set\n");
    return verge::kNotRun;
  }
  const verge::Status status = verge::CheckAll(data);
  std::printf("%s\n", status.ok() ? "all features agree" : status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
