//! 835 building and balancing, CCD+ files, posting and bank matching.
