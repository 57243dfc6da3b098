"""What the store keeps of alarms: each as it stands, and every step of its life. Rows stay here."""
