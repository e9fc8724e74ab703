"""What all pages share: the frame, the words, the formats, charts, assets."""
