import { Client, load } from "ottla";
import { wasm } from "ottla/inline";
import { scenario, show } from "./scenario.js";

show(load(wasm()).then(() => scenario(Client)));
