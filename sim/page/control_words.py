"""The words of the page's controls: undo, parameters, the hub network on the map, files."""

from __future__ import annotations

from sim.words.language import Language


def control_words(t: Language) -> dict[str, str]:
    """The words by the keys that the scripts use; the scripts fill the places in braces."""
    return {
        "undo": t("Undo"),
        "redo": t("Redo"),
        "pin": t("Make this the reference"),
        "pin.help": t("What you change from now on is compared with the policy as it is now"),
        "set.back": t("Set back"),
        "yaml.reference": t("Scenario file of the reference (YAML)"),
        "upload": t("Look at a scenario file of yours"),
        "experiment.title": t("Experiment for hubsim sweep"),
        "experiment.help": t(
            "Choose what varies; everything else stays as it is on the page. The file is checked before you get it."
        ),
        "experiment.file": t("Experiment file (YAML)"),
        "factor": t("Factor"),
        "factor.path": t("Lever"),
        "factor.from": t("From"),
        "factor.to": t("To"),
        "factor.steps": t("Values"),
        # Every parameter
        "every.parameter": t("Every parameter of the model"),
        "find": t("Find a parameter"),
        "found": t("{n} of {of} parameters"),
        "in.both": t("Change the country in both policies"),
        "in.both.help": t(
            "Parameters that are no levers describe the country. Without this mark only the policy gets your value, "
            "and the difference is what the parameter does."
        ),
        "on": t("on"),
        "off": t("off"),
        "about": t("About it"),
        "meaning": t("Meaning"),
        "allowed": t("Allowed"),
        "of.policy": t("In the policy"),
        "drawn": t("Uncertain"),
        "drawn.within": t("from {low} to {high}; drawn anew for each possible country until you set it"),
        "origin": t("Origin"),
        "symbol": t("Symbol"),
        "equation": t("Equation"),
        "equations": t("Equations of this mechanism"),
        "on.map": t("Change it on the map"),
        # The hub network on the map
        "hubs.on.map": t("The hubs on the map"),
        "hub.help": t(
            "Drag a numbered hub to another city, or choose it and use the arrow keys; Delete removes it. Touch it, or "
            "press Enter, to see its values. Touch a city to open a hub there."
        ),
        "hub.add": t("Add a hub"),
        "hub.remove": t("Remove"),
        "hub.move": t("New hub {n}"),
        "hub.told": t("from {month}; places: {n}"),
        "hub.places.now": t("places: {n}"),
        "hub.hub": t("City"),
        "hub.opens": t("Opens"),
        "hub.places": t("Places"),
        "hub.mentor_hours": t("Mentor hours a month"),
        "hub.closes": t("Closes"),
        "hub.shared": t("All hubs share the mentor hours that are set for the network; a hub has none of its own."),
    }
