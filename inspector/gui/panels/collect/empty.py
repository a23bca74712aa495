"""What stands in the Collect panel while the workspace has no pictures."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout


class Empty(QFrame):
    """A large place to drop files on, and a button for each way to begin."""

    add_asked = Signal()
    import_asked = Signal()
    camera_asked = Signal()

    def __init__(self) -> None:
        """Lay out the words and the buttons."""
        super().__init__()
        self.setObjectName("drop-target")
        words = QLabel(self.tr("Drop pictures or folders here"))
        words.setObjectName("figure")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        more = QLabel(self.tr("Begin with pictures of good parts, 50 or more, taken as they will be inspected."))
        bad = QLabel(self.tr("A few of bad parts help to set the threshold. They can come later."))
        self.add = QPushButton(self.tr("Add pictures …"))
        self.add.setProperty("primary", True)
        self.add.setToolTip(self.tr("Choose image files (Ctrl+I)"))
        self.add.clicked.connect(self.add_asked)
        self.dataset = QPushButton(self.tr("Import a data set …"))
        self.dataset.setToolTip(self.tr("A folder with sub-folders such as train/good and test/scratch (Ctrl+Shift+I)"))
        self.dataset.clicked.connect(self.import_asked)
        self.camera = QPushButton(self.tr("Use a camera"))
        self.camera.setToolTip(self.tr("Take pictures from a camera, a video or another source"))
        self.camera.clicked.connect(self.camera_asked)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for button in (self.add, self.dataset, self.camera):
            row.addWidget(button)
        row.addStretch(1)
        page = QVBoxLayout(self)
        page.setSpacing(10)
        page.addStretch(1)
        page.addWidget(words)
        for label in (more, bad):
            label.setObjectName("placeholder")
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            page.addWidget(label)
        page.addSpacing(12)
        page.addLayout(row)
        page.addStretch(1)
