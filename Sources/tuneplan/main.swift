print("tuneplan")
