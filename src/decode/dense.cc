#include "decode/dense.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/checked.h"

namespace verge::decode {
namespace {

float Sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

struct Best {
  int label = 0;
  float score = 0;
};

// `stride` between the scores of neighbouring classes.
Best BestClass(const float* scores, int classes, size_t stride = 1) {
  Best best{0, scores[0]};
  for (int c = 1; c < classes; ++c) {
    const float score = scores[static_cast<size_t>(c) * stride];
    if (score > best.score) best = {c, score};
  }
  return best;
}

void Keep(const Box& box, float score, int label, float min_score, std::vector<Detection>& out) {
  if (score >= min_score && IsFinite(box)) out.push_back({box, score, label});
}

int Cells(int side, int stride) { return (side + stride - 1) / stride; }

Status WrongCount(const char* what, size_t got, size_t want) {
  return VERGE_ERROR(kInvalidArgument, std::string(what) + ": " + std::to_string(got) + " numbers, want " +
                                           std::to_string(want) + " for this input size and number of classes");
}

Status CheckSizes(InputSize input, int classes) {
  if (input.width > 0 && input.height > 0 && classes > 0) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, "a detector needs an input with area and at least one class");
}

// The mean of softmax(logits) over 0 .. bins-1.
float MeanBin(const float* logits, size_t bins) {
  const float largest = *std::max_element(logits, logits + bins);
  float sum = 0, weighted = 0;
  for (size_t i = 0; i < bins; ++i) {
    const float e = std::exp(logits[i] - largest);
    sum += e;
    weighted += e * static_cast<float>(i);
  }
  return weighted / sum;
}

void DecodeNanodetLevel(const NanodetLevel& level, InputSize input, int classes, float min_score,
                        std::vector<Detection>& out) {
  const int columns = Cells(input.width, level.stride), rows = Cells(input.height, level.stride);
  const auto cells = static_cast<size_t>(columns) * static_cast<size_t>(rows);
  const size_t bins = level.distances.size() / cells / 4;
  const auto stride = static_cast<float>(level.stride);
  const auto width = static_cast<float>(input.width), height = static_cast<float>(input.height);
  for (size_t cell = 0; cell < cells; ++cell) {
    const Best best = BestClass(level.scores.data() + cell * static_cast<size_t>(classes), classes);
    if (!(best.score >= min_score)) continue;
    const float x = (static_cast<float>(cell % static_cast<size_t>(columns)) + 0.5F) * stride;
    const float y = (static_cast<float>(cell / static_cast<size_t>(columns)) + 0.5F) * stride;
    float side[4];
    for (size_t k = 0; k < 4; ++k) side[k] = MeanBin(level.distances.data() + (4 * cell + k) * bins, bins) * stride;
    Keep({(x - side[0]) / width, (y - side[1]) / height, (x + side[2]) / width, (y + side[3]) / height}, best.score,
         best.label, min_score, out);
  }
}

}  // namespace

Result<std::vector<Detection>> DecodeYolox(std::span<const float> rows, InputSize input, int classes, float min_score) {
  VERGE_TRY(CheckSizes(input, classes));
  const size_t row_size = 5 + static_cast<size_t>(classes);
  const auto width = static_cast<float>(input.width), height = static_cast<float>(input.height);
  size_t cells = 0;
  for (const int stride : {8, 16, 32}) {
    cells += static_cast<size_t>(Cells(input.width, stride)) * static_cast<size_t>(Cells(input.height, stride));
  }
  if (rows.size() != cells * row_size) return WrongCount("YOLOX output", rows.size(), cells * row_size);
  std::vector<Detection> out;
  const float* row = rows.data();
  for (const int stride : {8, 16, 32}) {
    const auto scale = static_cast<float>(stride);
    for (int gy = 0; gy < Cells(input.height, stride); ++gy) {
      for (int gx = 0; gx < Cells(input.width, stride); ++gx, row += row_size) {
        const Best best = BestClass(row + 5, classes);
        const float score = row[4] * best.score;
        const float cx = (row[0] + static_cast<float>(gx)) * scale, cy = (row[1] + static_cast<float>(gy)) * scale;
        const float w = std::exp(row[2]) * scale, h = std::exp(row[3]) * scale;
        Keep({(cx - w / 2) / width, (cy - h / 2) / height, (cx + w / 2) / width, (cy + h / 2) / height}, score,
             best.label, min_score, out);
      }
    }
  }
  return out;
}

Result<std::vector<Detection>> DecodeNanodet(std::span<const NanodetLevel> levels, InputSize input, int classes,
                                             float min_score) {
  VERGE_TRY(CheckSizes(input, classes));
  std::vector<Detection> out;
  for (const NanodetLevel& level : levels) {
    if (level.stride < 1) return VERGE_ERROR(kInvalidArgument, "NanoDet: a stride below 1");
    const auto cells =
        static_cast<size_t>(Cells(input.width, level.stride)) * static_cast<size_t>(Cells(input.height, level.stride));
    if (level.scores.size() != cells * static_cast<size_t>(classes)) {
      return WrongCount("NanoDet class output", level.scores.size(), cells * static_cast<size_t>(classes));
    }
    if (level.distances.empty() || level.distances.size() % (4 * cells) != 0) {
      return WrongCount("NanoDet box output", level.distances.size(), 4 * cells * 8);
    }
    DecodeNanodetLevel(level, input, classes, min_score, out);
  }
  return out;
}

Result<std::vector<Detection>> DecodeFastestdet(std::span<const float> planes, int rows, int columns, int classes,
                                                float min_score) {
  VERGE_TRY(CheckSizes({columns, rows}, classes));
  const size_t cells = static_cast<size_t>(rows) * static_cast<size_t>(columns);
  const size_t want = cells * (5 + static_cast<size_t>(classes));
  if (planes.size() != want) return WrongCount("FastestDet output", planes.size(), want);
  std::vector<Detection> out;
  for (size_t cell = 0; cell < cells; ++cell) {
    const float* p = planes.data() + cell;
    const Best best = BestClass(p + 5 * cells, classes, cells);
    const float score = std::pow(p[0], 0.6F) * std::pow(best.score, 0.4F);
    const auto column = static_cast<float>(cell % static_cast<size_t>(columns));
    const auto row = static_cast<float>(cell / static_cast<size_t>(columns));
    const float cx = (std::tanh(p[cells]) + column) / static_cast<float>(columns);
    const float cy = (std::tanh(p[2 * cells]) + row) / static_cast<float>(rows);
    const float w = Sigmoid(p[3 * cells]), h = Sigmoid(p[4 * cells]);
    Keep({cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2}, score, best.label, min_score, out);
  }
  return out;
}

}  // namespace verge::decode
