# The app for a Hugging Face Space, or anywhere:
#   docker build -t gan-workshop . && docker run --rm -p 8501:8501 -v gan-workshop:/data gan-workshop
FROM python:3.11-slim

# A Space runs its container as user 1000, whatever is said here. /data is theirs before a volume is laid over it.
RUN useradd --create-home --uid 1000 user && install --directory --owner=user --group=user /data
USER user
ENV HOME=/home/user \
    PATH=/home/user/.local/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_PROGRESS_BAR=off \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_HEADLESS=true
RUN mkdir /home/user/app
WORKDIR /home/user/app

# From PyTorch's own index it comes without CUDA, at a tenth of the size. The versions are those of requirements.txt,
# and nothing else is taken from there.
COPY --chown=user requirements.txt ./
RUN pip install --index-url https://download.pytorch.org/whl/cpu $(grep -oE '^torch(vision)?==[0-9.]+' requirements.txt)
RUN pip install -r requirements.txt
COPY --chown=user . ./

EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['STREAMLIT_SERVER_PORT'] + '/_stcore/health', timeout=4)"]
CMD ["sh", ".docker/start"]
