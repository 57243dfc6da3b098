"""Reports for people: a month of a room's climate, as PDF and XLSX, in Chinese and English."""
