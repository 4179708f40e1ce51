// The dashboard of a Verge hub: reads the operator's API and shows it. It changes nothing on the hub.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { setToken, token, whenUnauthorized } from "./api";
import { DeploymentPage, Deployments } from "./pages/deployments";
import { DevicePage } from "./pages/device";
import { Devices } from "./pages/devices";
import { Events } from "./pages/events";
import { Overview } from "./pages/overview";
import { Releases } from "./pages/releases";
import { SignIn } from "./pages/sign_in";
import { type Route, link, useRoute } from "./router";
import { Title } from "./ui/parts";
import { Shell } from "./ui/shell";

function Page({ route }: { route: Route }) {
  const { page, id, query } = route;
  if (page === "") return <Overview />;
  if (page === "devices") return id === null ? <Devices /> : <DevicePage id={id} />;
  if (page === "deployments") return id === null ? <Deployments /> : <DeploymentPage id={id} />;
  if (page === "releases") return <Releases />;
  if (page === "events") return <Events query={query} />;
  return (
    <>
      <Title text="No such page" />
      <p>
        Nothing is at this address. <a href={link("")}>Go to the overview.</a>
      </p>
    </>
  );
}

function Dashboard() {
  const route = useRoute();
  const [is_signed_in, setSignedIn] = useState(token() !== null);
  const [notice, setNotice] = useState<string | null>(null);

  const leave = (why: string | null) => {
    setToken(null);
    setNotice(why);
    setSignedIn(false);
  };
  useEffect(() => {
    whenUnauthorized(() => leave("The hub does not accept this token. Use another one."));
  }, []);

  if (!is_signed_in) {
    const enter = () => {
      setNotice(null);
      setSignedIn(true);
    };
    return <SignIn onDone={enter} notice={notice} />;
  }
  return (
    <Shell page={route.page} onSignOut={() => leave(null)}>
      <Page route={route} />
    </Shell>
  );
}

const root = document.getElementById("app");
if (root) render(<Dashboard />, root);
