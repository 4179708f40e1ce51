// The part `monitors` of app.yaml. Internal to the folder.
#pragma once

#include "base/status.h"
#include "format/app/app.h"
#include "format/yaml/fields.h"

namespace verge::app {

// Models are read already.
Status ReadMonitors(yaml::Fields& top, App& app);

}  // namespace verge::app
