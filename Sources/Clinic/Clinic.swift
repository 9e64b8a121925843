// Clinic
