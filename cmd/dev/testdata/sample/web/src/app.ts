document.querySelector("output").textContent = "Hello from the script";
