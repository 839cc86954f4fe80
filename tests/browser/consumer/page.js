import { Client } from "ottla";
import { scenario, show } from "./scenario.js";

show(scenario(Client));
