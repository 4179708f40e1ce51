// Mean average precision of a detector, by the rules of COCO.
//
//   matching     in a picture and class, best score first, a detection takes the free box that it overlaps most, by at
//                least the threshold; at most 100 detections a class and picture
//   precision    over all pictures, best score first; made to fall monotonically, then read at the recalls 0, 0.01 .. 1
//   mean         over those 101 recalls, over the classes that have boxes, and (mAP) over the thresholds 0.50, 0.55 ..
//                0.95
//   area ranges  small < 32^2 <= medium < 96^2 <= large, in pixels of the picture: boxes outside of the range, and
//                detections outside of it that match nothing, do not count
//
// COCO measures the area of an object's outline; here it is the area of its box, because data in other formats has
// nothing else.
//
// Threads   one thread a matcher.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/boxes.h"

namespace verge::eval {

struct TrueBox {
  decode::Box box;  // pixels of the picture
  int label = 0;
};

inline constexpr int kIouCount = 10;
inline constexpr size_t kMaxDetections = 100;  // a class and picture

enum class AreaRange { kAll, kSmall, kMedium, kLarge };
inline constexpr int kAreaRangeCount = 4;

// Not a number where there is no box.
struct PrecisionFigures {
  double map = 0;
  double map50 = 0;
  double map75 = 0;
};

class AveragePrecision {
 public:
  explicit AveragePrecision(int classes);

  // Boxes in pixels. Labels outside of 0 .. classes-1 are the caller's bug for truth and are left out for detections.
  void AddPicture(std::span<const TrueBox> truth, std::span<const decode::Detection> found);
  size_t pictures() const { return pictures_; }

  PrecisionFigures Figures(AreaRange range) const;
  // Picture i counted weights[i] times.
  PrecisionFigures Figures(AreaRange range, std::span<const uint32_t> weights) const;

 private:
  struct Judged {
    float score = 0;
    uint32_t picture = 0;
    uint16_t matched = 0;  // a bit a threshold
    uint16_t ignored = 0;
  };
  struct ClassRecord {
    std::vector<Judged> found;
    std::vector<std::pair<uint32_t, uint32_t>> boxes;  // (picture, boxes that count)
  };

  void Match(AreaRange range, std::span<const TrueBox> truth, std::span<const decode::Detection> found, int label);

  int classes_;
  size_t pictures_ = 0;
  std::array<std::vector<ClassRecord>, kAreaRangeCount> records_;
};

}  // namespace verge::eval
