"""What a quotation is about: targets named by the user, or found, each under one name whatever it is called."""

from stance.targets.choose import find, given, named, parsed_phrases
from stance.targets.lexicon import Lexicon, lexicon, mentioned
from stance.targets.phrases import Phrase, phrases

__all__ = ["Lexicon", "Phrase", "find", "given", "lexicon", "mentioned", "named", "parsed_phrases", "phrases"]
