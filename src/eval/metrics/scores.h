// Figures of classifiers, of detectors of the unusual, and of masks.
//
// Threads   pure functions; a Confusion belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace verge::eval {

// The place of `label` among the scores, best first; 0 is the top. Equal scores: the lower index is better. A score
// that is not a number is worse than all others.
size_t RankOf(std::span<const float> scores, size_t label);
// Index of the best score.
size_t TopOf(std::span<const float> scores);

struct Ranked {
  double score = 0;
  bool is_positive = false;
  uint32_t weight = 1;  // how often it counts
};

// Area under the ROC curve: the share of (positive, negative) pairs whose positive scores higher, ties counting a half.
// Not a number without both kinds.
double Auc(std::vector<Ranked> items);

// Area under the ROC curve for false positive rates of 0..max_rate, scaled so that chance is 0.5 and perfect 1
// (McClish 1989): (1 + (area - max_rate^2 / 2) / (max_rate - max_rate^2 / 2)) / 2.
double PartialAuc(std::vector<Ranked> items, double max_rate);

// Pixels of one picture, class by class.
struct MaskCounts {
  std::vector<uint64_t> both;    // said and true
  std::vector<uint64_t> either;  // said or true
};

// Pixels whose truth is not below `classes` or not in `judged` (empty: all) are left out; a class that is said there
// and not judged is a miss of the true one, and no class of its own.
MaskCounts CountMask(std::span<const int> said, std::span<const int> truth, int classes, std::span<const int> judged);

// Mean over the classes that occur of sum(both) / sum(either), picture i counted weights[i] times. Not a number when
// none occurs.
double MeanIou(std::span<const MaskCounts> pictures, std::span<const uint32_t> weights);

}  // namespace verge::eval
