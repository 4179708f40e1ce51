#include "runner/run/tiny_app_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "format/model/writer.h"
#include "media/npy.h"
#include "ops/op_def.h"
#include "sys/file/file.h"

namespace verge::runner {
namespace {

using Values = std::array<float, 12>;
constexpr Values kZeros = {};
constexpr Values kBright = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
constexpr Values kOffset = {-20, 0, -20, -20, -20, -20, -20, -20, -20, -20, -20, -20};

Values Scale(float gain) { return {0, gain, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}; }
Values ScoresOfBright(float gain) { return {-20, gain, -20, -20, -20, -20, -20, -20, -20, -20, -20, -20}; }

std::string Bytes(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string Npy(Values values) {
  const Tensor tensor{{DType::kF32, {1, 2, 2, 3}, {}}, values.data()};
  return Bytes(media::WriteNpy(tensor).value());
}

format::NodeSpec Node(const char* op, uint32_t a, uint32_t b, uint32_t out) {
  format::NodeSpec node;
  node.op = ops::FindOp(op).value();
  node.name = "node" + std::to_string(out);
  ops::GetOp(node.op).init_attrs(node.attrs);
  node.inputs = {a, b};
  node.outputs = {out};
  return node;
}

std::string Model(float gain) {
  const Values scale = Scale(gain);
  const TensorType type{DType::kF32, {1, 2, 2, 3}, {}};
  format::ModelSpec spec;
  spec.name = "tiny";
  spec.values = {{"image", type, {}},
                 {"scale", type, std::as_bytes(std::span(scale))},
                 {"offset", type, std::as_bytes(std::span(kOffset))},
                 {"zeros", type, std::as_bytes(std::span(kZeros))},
                 {"scaled", type, {}},
                 {"scores", type, {}},
                 {"boxes", type, {}}};
  spec.nodes = {Node("mul", 0, 1, 4), Node("add", 4, 2, 5), Node("mul", 0, 3, 6)};
  spec.inputs = {0};
  spec.outputs = {6, 5};
  return Bytes(format::WriteModel(spec).value().bytes());
}

constexpr const char* kApp = R"(verge: 1
name: tiny
version: 3
models:
  detector: {file: tiny.vg, labels: labels.txt}
pipeline: pipeline.yaml
rules: rules.yaml
params:
  launch: {default: "videotestsrc pattern=white num-buffers=20 ! video/x-raw,width=64,height=48,framerate=10/1"}
health:
  golden:
    - model: detector
      inputs: {image: golden/image.npy}
      outputs: {boxes: golden/boxes.npy, scores: golden/scores.npy}
  latency: {model: detector, p95_ms: 60000}
)";

constexpr const char* kPipeline = R"(elements:
  - {id: camera, type: video, launch: "${launch}"}
  - {id: resize, type: resize, from: camera, model: detector}
  - {id: detect, type: infer, from: resize, model: detector}
  - id: decode
    type: ssd_decode
    from: detect
    model: detector
    boxes: boxes
    scores: scores
    anchors: {input: [4, 4], strides: [4], scales: [0.5, 0.5], aspects: [1, 2, 0.5], reduced_first_layer: false, interpolated_square: false}
  - {id: track, type: track, from: decode}
  - {id: rules, type: rules, from: track}
  - {id: alert, type: alert, from: rules}
  - {id: report, type: report, from: rules}
)";

constexpr const char* kRules = R"(zones:
  middle: [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]
rules:
  - {name: person-in-zone, when: label == "person" and score >= 0.5 and inside(zone.middle), for: 500ms}
)";

}  // namespace

TinyApp::TinyApp(float gain) : dir_(sys::TempDir::Create().value()) {
  Write("app.yaml", kApp);
  Write("pipeline.yaml", kPipeline);
  Write("rules.yaml", kRules);
  Write("labels.txt", "???\nperson\ndog\ncat\n");
  Write("tiny.vg", Model(gain));
  Write("golden/image.npy", Npy(kBright));
  Write("golden/boxes.npy", Npy(kZeros));
  Write("golden/scores.npy", Npy(ScoresOfBright(gain)));
}

void TinyApp::Write(const std::string& path, const std::string& text) const {
  ASSERT_TRUE(sys::MakeDirs(sys::ParentPath(File(path))).ok());
  ASSERT_TRUE(sys::WriteFileAtomic(File(path), text).ok());
}

void TinyApp::Replace(const std::string& path, const std::string& from, const std::string& to) const {
  std::string text = sys::ReadFile(File(path), 1 << 20).value();
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  Write(path, text.replace(at, from.size(), to));
}

}  // namespace verge::runner
