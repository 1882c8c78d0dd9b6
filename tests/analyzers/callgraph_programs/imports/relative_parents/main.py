from app.api.views import index

index()
