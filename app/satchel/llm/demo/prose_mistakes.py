"""Words that are always wrong in English, and what is meant.

Only words that are no word of another common language (Swedish has "adress", Spanish "posible"), no name ("teh" is an
Arabic letter) and have one possible meaning are here; of these the common ones, so that a search for all of them stays
fast. Grep ignores case; `corrected` keeps the letter case that it finds.
"""

from __future__ import annotations

CORRECTIONS = {
    "accomodate": "accommodate",
    "accross": "across",
    "acheive": "achieve",
    "arguement": "argument",
    "becuase": "because",
    "begining": "beginning",
    "beleive": "believe",
    "charachter": "character",
    "comming": "coming",
    "commited": "committed",
    "compatability": "compatibility",
    "completly": "completely",
    "definately": "definitely",
    "dependancies": "dependencies",
    "dependancy": "dependency",
    "enviroment": "environment",
    "existance": "existence",
    "explicitely": "explicitly",
    "happend": "happened",
    "immediatly": "immediately",
    "independant": "independent",
    "infomation": "information",
    "lenght": "length",
    "libary": "library",
    "maintainance": "maintenance",
    "neccessary": "necessary",
    "noticable": "noticeable",
    "occured": "occurred",
    "occurence": "occurrence",
    "occurences": "occurrences",
    "paramater": "parameter",
    "prefered": "preferred",
    "recieve": "receive",
    "recieved": "received",
    "recomended": "recommended",
    "refered": "referred",
    "resouce": "resource",
    "seperate": "separate",
    "seperated": "separated",
    "seperately": "separately",
    "seperator": "separator",
    "similiar": "similar",
    "succesful": "successful",
    "succesfully": "successfully",
    "successfull": "successful",
    "supress": "suppress",
    "thier": "their",
    "transfered": "transferred",
    "truely": "truly",
    "untill": "until",
    "usefull": "useful",
    "wierd": "weird",
    "writting": "writing",
}
# "that that" and "had had" can be right, these cannot.
_DOUBLED = ("an", "and", "of", "the", "to")

MISTAKES = (*CORRECTIONS, *(f"{word} {word}" for word in _DOUBLED))


def corrected(mistake: str) -> str:
    """What is meant by one of the `MISTAKES`, in the letter case of `mistake`."""
    if " " in mistake:
        return mistake.split()[0]
    meant = CORRECTIONS[mistake.lower()]
    if mistake.isupper():
        return meant.upper()
    return meant.capitalize() if mistake[0].isupper() else meant
